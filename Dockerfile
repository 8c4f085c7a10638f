# One image for the workers and the pages; which one it is, the command says. What building takes stays behind.
FROM python:3.11-slim AS built
WORKDIR /app
COPY requirements.lock dev.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock -r dev.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY policies policies
COPY connectors connectors
COPY streams streams
COPY views views
COPY fanlight fanlight
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel .

FROM python:3.11-slim
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --from=built /wheel /wheel
RUN pip install --no-cache-dir --no-deps /wheel/*.whl && useradd --system fanlight
USER fanlight
