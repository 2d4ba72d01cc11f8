# usher in an image with a Java runtime. The JVM runs its shutdown hooks on SIGTERM, and only prints
# its threads on SIGQUIT; see configs/java.toml, which is for Spring Boot. Build it from the top of
# the repository, with the application there as app.jar.
FROM eclipse-temurin:21-jre
COPY --from=usher /usher /usher
COPY configs/java.toml /etc/usher/service.toml
COPY app.jar /app.jar
USER 1000:1000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=100ms --timeout=60s CMD ["/usher", "health", "--wait=50s", "--hold=50s"]
ENTRYPOINT ["/usher", "--"]
CMD ["java", "-jar", "/app.jar"]
