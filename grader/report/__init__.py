"""Reports: everything a person or a platform reads is made here, from one
result (result.schema.json) and from nothing else.

    text      what a student's bytes may look like once they are in a report
    view      questions about a result that more than one report asks
    terminal  the report of `make check` and of grader/grade
    html      the machinery of the pages
    formats/  one file a format; a new format is a new file there
    schema    validate(result), for the tests
"""
