# The command in an image: docker build -t jainam-prop . && docker run --rm --env-file .env jainam-prop doctor
FROM python:3.12-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels -c constraints.txt ".[postgres]"

FROM python:3.12-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index /wheels/*.whl && rm -r /wheels && useradd --create-home --home-dir /desk trader
USER trader
WORKDIR /desk
VOLUME /desk
ENTRYPOINT ["jainam-prop"]
CMD ["--help"]
