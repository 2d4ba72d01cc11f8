# usher in the image of RabbitMQ; see configs/rabbitmq.toml. Build it from the top of the repository.
FROM rabbitmq:4
COPY --from=usher /usher /usher
COPY configs/rabbitmq.toml /etc/usher/service.toml
HEALTHCHECK --interval=100ms --timeout=60s CMD ["/usher", "health", "--wait=50s", "--hold=50s"]
ENTRYPOINT ["/usher", "--"]
CMD ["docker-entrypoint.sh", "rabbitmq-server"]
