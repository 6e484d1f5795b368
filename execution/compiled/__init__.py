"""Runs operations from programs: field by field, each for a whole column of objects at once."""
