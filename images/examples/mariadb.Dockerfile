# usher in the image of MariaDB; see configs/mariadb.toml. For mysql:8 the command is mysqld. Build it from
# the top of the repository.
FROM mariadb:11
COPY --from=usher /usher /usher
COPY configs/mariadb.toml /etc/usher/service.toml
HEALTHCHECK --interval=100ms --timeout=60s CMD ["/usher", "health", "--wait=50s", "--hold=50s"]
ENTRYPOINT ["/usher", "--"]
CMD ["docker-entrypoint.sh", "mariadbd"]
