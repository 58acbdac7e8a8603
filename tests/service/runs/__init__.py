"""The tests themselves: what a run of them needs, and what it leaves."""
