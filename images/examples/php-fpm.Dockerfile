# usher in the image of PHP-FPM, whose STOPSIGNAL is SIGQUIT: requests may finish, for as long as
# process_control_timeout says. See configs/php-fpm.toml. Build it from the top of the repository.
FROM php:8.2-fpm
RUN printf '[global]\nprocess_control_timeout = 20s\n' >/usr/local/etc/php-fpm.d/zz-graceful.conf
COPY --from=usher /usher /usher
COPY configs/php-fpm.toml /etc/usher/service.toml
HEALTHCHECK --interval=100ms --timeout=60s CMD ["/usher", "health", "--wait=50s", "--hold=50s"]
ENTRYPOINT ["/usher", "--"]
CMD ["php-fpm"]
