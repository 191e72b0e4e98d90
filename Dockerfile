# interaction-hub with all of its connectors, as a process without any right but to its volume.
FROM python:3.13-slim-bookworm AS build
ENV UV_PROJECT_ENVIRONMENT=/opt/hub \
    UV_PYTHON=/usr/local/bin/python3 \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy
RUN pip install --no-cache-dir "uv>=0.9,<1"
WORKDIR /src
COPY . .
RUN uv sync --frozen --no-dev --no-editable --all-packages --all-extras

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/hub --shell /usr/sbin/nologin hub \
    && install -d -m 700 -o hub -g hub /var/lib/hub
COPY --from=build /opt/hub /opt/hub
ENV PATH="/opt/hub/bin:$PATH" \
    HUB_CONFIG=/var/lib/hub/config/hub.toml \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/hub
VOLUME /var/lib/hub
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8480/readyz', timeout=4)"]
ENTRYPOINT ["hub"]
CMD ["serve"]
