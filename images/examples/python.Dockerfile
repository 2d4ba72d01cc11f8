# usher in an image of Python's. A Python program stops in order on SIGINT, which is what usher sends
# it; see configs/python.toml. Build it from the top of the repository.
FROM python:3.12-slim
COPY --from=usher /usher /usher
COPY configs/python.toml /etc/usher/service.toml
WORKDIR /srv
USER 1000:1000
HEALTHCHECK --interval=100ms --timeout=60s CMD ["/usher", "health", "--wait=50s", "--hold=50s"]
ENTRYPOINT ["/usher", "--"]
CMD ["python3", "-m", "http.server", "8000"]
