"""The rules that hold the rooms apart: each a function from a root directory to a list of complaints.

`tests/test_architecture.py` tries them on the repository; the tests here on planted trees that
break them, so that no rule can be vacuous.
"""
