-- What the demo's applications have of the database: a role, to which its limit of connections applies, and a schema.
CREATE ROLE shop LOGIN PASSWORD 'local-only';
CREATE SCHEMA AUTHORIZATION shop;
