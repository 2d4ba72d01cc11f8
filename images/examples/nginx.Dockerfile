# usher in the image of nginx, whose STOPSIGNAL is SIGQUIT: downloads under way may finish. See
# configs/nginx.toml. Build it from the top of the repository.
FROM nginx:1
COPY --from=usher /usher /usher
COPY configs/nginx.toml /etc/usher/service.toml
HEALTHCHECK --interval=100ms --timeout=60s CMD ["/usher", "health", "--wait=50s", "--hold=50s"]
ENTRYPOINT ["/usher", "--"]
CMD ["nginx", "-g", "daemon off;"]
