# The operator and its runner. Everything it copies was staged by `make image-files` in build/image: the compiled
# program, and its production dependencies just as the lock file has them. So that nothing is fetched or run while the
# image is built: it needs no network, no registry but for the base, and no certificate authority of whoever builds it.
#   make image-files && docker build --tag session-store-operator:dev .

ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS operator
ENV NODE_ENV=production
WORKDIR /app
COPY build/image/passwd /etc/passwd
USER 65532:65532
ENTRYPOINT ["node", "/app/dist/main.js"]
# What changes most comes last. The files are root's: the program cannot change itself.
COPY build/image/node_modules node_modules
COPY build/image/package.json package.json
COPY build/image/dist dist
