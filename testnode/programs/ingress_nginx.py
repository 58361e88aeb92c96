"""F5 NGINX Ingress Controller: a real nginx behind a small controller of our own."""
