# usher in the image of PostgreSQL, whose STOPSIGNAL is SIGINT, the fast shutdown: clients are
# disconnected, and the data is in order. See configs/postgres.toml. Build it from the top of the
# repository.
FROM postgres:15
COPY --from=usher /usher /usher
COPY configs/postgres.toml /etc/usher/service.toml
HEALTHCHECK --interval=100ms --timeout=60s CMD ["/usher", "health", "--wait=50s", "--hold=50s"]
ENTRYPOINT ["/usher", "--"]
CMD ["docker-entrypoint.sh", "postgres"]
