# usher in an image with a web application that waits for PostgreSQL and Redis, both over TLS; see
# configs/web.toml. The authority's certificate is mounted as /run/secrets/ca.pem. Build it from the top
# of the repository, with the application there as app.py.
FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends gunicorn \
 && rm -rf /var/lib/apt/lists/*
COPY --from=usher /usher /usher
COPY configs/gunicorn.toml /etc/usher/
COPY configs/web.toml /etc/usher/service.toml
WORKDIR /srv
COPY app.py ./
USER 1000:1000
HEALTHCHECK --interval=100ms --timeout=60s CMD ["/usher", "health", "--wait=50s", "--hold=50s"]
ENTRYPOINT ["/usher", "--"]
CMD ["gunicorn", "--bind=0.0.0.0:8000", "--workers=2", "--worker-tmp-dir=/dev/shm", "--graceful-timeout=20", "app:app"]
