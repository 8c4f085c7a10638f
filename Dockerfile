# One image for the workers and the pages; which one it is, the command says. It holds the tools of the tests too, as there
# is one lock file.
FROM python:3.11-slim
WORKDIR /app
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY schemas schemas
COPY policies policies
COPY connectors connectors
COPY streams streams
COPY views views
COPY fanlight fanlight
RUN pip install --no-cache-dir --no-deps --no-build-isolation . && useradd --system fanlight
USER fanlight
