"""Who the taxpayers are: people (firms later), their numbers, and their dated data with its history."""
