"""What people hold: a fit, what it says of rows and of other fits, and its file."""
