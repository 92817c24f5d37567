"""The tests of mostlikely."""
