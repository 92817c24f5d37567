"""The documentation is held to the code, and the code to the documentation."""
