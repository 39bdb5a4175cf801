# The service in a container. The first stage builds; the second is Python's image, the OpenMP library that lightgbm
# needs, and what was built: packages in the versions of constraints.txt, and none of the tools that built them.
FROM python:3.11-slim AS build
WORKDIR /build
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY src src
RUN pip install --no-cache-dir -c constraints.txt hatchling \
 && pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir wheel . \
 && python -m venv --without-pip /venv \
 && pip --python /venv/bin/python install --no-cache-dir -c constraints.txt \
    "warmstart[boost,calendar,text,service] @ file://$(echo /build/wheel/*.whl)"

FROM python:3.11-slim
# The version is that of the image's own release of Debian.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /nonexistent warmstart \
 && install -d -o warmstart -g warmstart /var/cache/warmstart /var/lib/warmstart
COPY --from=build /venv /venv
# Models that are fetched from the database and compiled programs go into the cache; the rest of it may be read-only.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/var/cache/warmstart/matplotlib \
    WARMSTART_CACHE=/var/cache/warmstart
USER 10001
WORKDIR /var/lib/warmstart
VOLUME ["/var/cache/warmstart", "/var/lib/warmstart"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["warmstart"]
CMD ["serve", "--host", "0.0.0.0"]
