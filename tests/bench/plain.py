"""The configuration with which Gunicorn serves the others: its own, as far as it leaves nothing."""

control_socket_disable = True
