# fsa with its Python runtime: distil, eval, finetune, export, serve. Build: docker build -t fsa .
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build && npm prune --omit=dev

# The C++ passes for CPUs: the image that runs has no compiler.
FROM python:3.11-bookworm AS kernels
COPY py_runtime/fsa_runtime/kernels /kernels
RUN mkdir -p /kernels/prebuilt && python -I -B /kernels/build.py /kernels/prebuilt

FROM python:3.11-slim-bookworm
COPY --from=node:20-bookworm-slim /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY schema schema
COPY py_runtime py_runtime
COPY --from=kernels /kernels/prebuilt py_runtime/fsa_runtime/kernels/prebuilt
COPY datasets/demonstrations datasets/demonstrations
RUN ln -s /app/bin/fsa.js /usr/local/bin/fsa \
    && useradd --uid 10001 --create-home fsa \
    && install -d -o fsa -g fsa /cache /work
# The runtime from its lock, by hash; runs and models belong in /work, a volume.
ENV FSA_CACHE=/cache/fsa HF_HOME=/cache/huggingface
USER 10001
RUN fsa setup --quiet
WORKDIR /work
EXPOSE 8080
# The exec form: SIGTERM reaches Node, which answers what it has accepted.
ENTRYPOINT ["fsa"]
CMD ["--help"]
