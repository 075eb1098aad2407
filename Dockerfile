# The controller, and the whole command line with it.
#
#   docker build -t hitless:0.1.0 .
#
# BASE is any image with Node 22.19 or later on its PATH; BUILD_BASE needs npm, too. A package registry of your own is
# reached with your npm settings, which stay out of the image: --secret id=npmrc,src=$HOME/.npmrc
ARG BASE=node:22.23.3-bookworm-slim
ARG BUILD_BASE=${BASE}

FROM ${BUILD_BASE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts scripts/clientLibrary.ts ./scripts/
COPY src ./src
RUN npm run build

FROM ${BUILD_BASE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --omit=dev --omit=optional

FROM ${BASE}
LABEL org.opencontainers.image.title="hitless" \
      org.opencontainers.image.description="Upgrades the software of Juniper data-centre fabrics without losing a packet" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
# A process that mostly waits: memory before speed, here and in the flags below. It halves the peak. Its young objects are
# few, and collecting them in several threads took twice the time of one.
ENV MALLOC_ARENA_MAX=2
WORKDIR /opt/hitless
COPY --from=dependencies /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
# Read at run time: the schemas, and what the examples of --help are about.
COPY crds ./crds
COPY examples ./examples
COPY package.json LICENSE ./
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 8080
# Not through bin/, which would be a second process: this one gets the signals itself.
ENTRYPOINT ["node", "--max-semi-space-size=4", "--optimize-for-size", "--single-threaded-gc", "/opt/hitless/dist/cli/main.js"]
CMD ["--help"]
