"""A small ingress controller that stands in for F5 NGINX Ingress Controller.

It runs in a pod with its service account, on the standard library alone, in front of a real nginx,
and knows exactly the annotations that this project uses.
"""
