// Loads the page again every three seconds; without script a refresh in the head does.
setTimeout(() => location.reload(), 3000);
