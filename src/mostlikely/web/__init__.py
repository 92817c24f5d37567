"""The page: a lesson and an explorer, served from the machine itself."""
