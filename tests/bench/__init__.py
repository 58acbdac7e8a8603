"""How many requests the stack answers, beside others that answer the same."""

# What the others' pages are: the twelve rows that ours has too, and no more.
PAGE = """<!doctype html>
<title>Hello, {{ persons[0].name }}!</title>
<table>
  {% for person in persons %}
  <tr><td>{{ person.id }}</td><td>{{ person.name }}</td><td>{{ person.email }}</td></tr>
  {% endfor %}
</table>
"""
