# The operator and its runner, and the runner with Python for stores with a Python library. Everything that is
# copied was staged by `make image-files` in build/image: the program, bundled with what it needs of its dependencies and
# their licences, the Python half and its one dependency. So nothing is fetched or run while an image is built: it
# needs no
# network, no registry except for the bases, and no certificate authority of the build machine.
#   make image-files
#   docker build --tag session-store-operator:dev .
#   docker build --target python --tag session-store-operator-python:dev .

ARG NODE_IMAGE=node:24-bookworm-slim
# Of the minor version that the tests run; the image of the name brings dbm.gnu, dbm.ndbm and sqlite3.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${NODE_IMAGE} AS node

FROM ${PYTHON_IMAGE} AS python
# The same Debian, so what Node is linked to is here as well.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
ENV NODE_ENV=production PYTHONPATH=/app/python PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY build/image/passwd /etc/passwd
USER 65532:65532
ENTRYPOINT ["node", "/app/dist/main.js"]
COPY build/image/package.json package.json
COPY build/image/python python
COPY build/image/dist dist

# The last one is what is built where no target is named.
FROM node AS operator
ENV NODE_ENV=production
WORKDIR /app
COPY build/image/passwd /etc/passwd
USER 65532:65532
ENTRYPOINT ["node", "/app/dist/main.js"]
# Files that change most come last. The files are root's: the program cannot change itself.
COPY build/image/package.json package.json
COPY build/image/dist dist
