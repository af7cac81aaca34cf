"""Does the paper hold? Each of its statements is evaluated from result files alone and given a verdict.

`claims` reads what is claimed, `results` what was computed, `checks` compare the two, `verdicts` says what follows,
`table` and `page` write it down.
"""
