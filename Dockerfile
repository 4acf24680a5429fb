# The site, its worker and its clock are one image; docker-compose.yml says which command each runs.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY . .
RUN .venv/bin/tailwindcss --input design/theme.css --output static/app.css --minify \
    && .venv/bin/python -m trade_assurance.spoken \
    && DEMO=1 .venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.11-slim
RUN useradd --system --create-home --home-dir /home/site site
WORKDIR /app
COPY --from=build --chown=root:root /app /app
RUN mkdir -p .data media && chown site .data media
USER site
ENV PATH=/app/.venv/bin:$PATH HOST=0.0.0.0 PORT=8000 PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}))"]
CMD ["gunicorn", "trade_assurance.wsgi"]
