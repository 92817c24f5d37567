"""The page: a lesson that one can touch, and an explorer for one's own data."""
