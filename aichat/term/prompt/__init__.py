"""The line the user types on."""
