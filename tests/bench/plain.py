"""How Gunicorn serves the others: with its defaults, but it leaves no socket behind."""

control_socket_disable = True
