"""A small ingress controller that stands in for F5 NGINX Ingress Controller 5.5.4.

It runs in a pod with the pod's service account, in front of a real nginx, and translates exactly
the annotations that this project uses by the rules of the real one:
https://github.com/nginx/kubernetes-ingress/tree/v5.5.4/internal

Only the standard library and `infra.process` are imported here: these files are all that the pod has.
"""
