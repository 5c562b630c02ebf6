# The plug-in on OpenAlgo's own image, which `docker build -t openalgo:latest PATH_OF_OPENALGO` makes.
FROM python:3.12-slim AS wheel
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM openalgo:latest
COPY --from=wheel /wheels /tmp/wheels
RUN /app/.venv/bin/pip install --no-cache-dir "$(ls /tmp/wheels/*.whl)[postgres]" \
 && /app/.venv/bin/jainam-prop openalgo install /app --patch-host --yes
