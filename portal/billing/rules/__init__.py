"""What billing decides: accounts, allocation, surcharge, quotes, states and their words. Pure."""
