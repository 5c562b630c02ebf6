CREATE TABLE jainam_carried_units (
	owner TEXT NOT NULL, 
	exchange TEXT NOT NULL, 
	token BIGINT NOT NULL, 
	product TEXT NOT NULL, 
	day TEXT NOT NULL, 
	units BIGINT NOT NULL, 
	filled BIGINT NOT NULL, 
	settled_at BIGINT NOT NULL, 
	PRIMARY KEY (owner, exchange, token, product)
);
CREATE TABLE jainam_order_events (
	number BIGSERIAL NOT NULL, 
	identifier TEXT NOT NULL, 
	state TEXT NOT NULL, 
	order_id TEXT NOT NULL, 
	note TEXT NOT NULL, 
	happened_at BIGINT NOT NULL, 
	PRIMARY KEY (number)
);
CREATE INDEX jainam_order_events_of_intent ON jainam_order_events (identifier);
CREATE TABLE jainam_order_intents (
	identifier TEXT NOT NULL, 
	profile TEXT NOT NULL, 
	exchange TEXT NOT NULL, 
	token BIGINT NOT NULL, 
	symbol TEXT NOT NULL, 
	side TEXT NOT NULL, 
	product TEXT NOT NULL, 
	price_type TEXT NOT NULL, 
	quantity BIGINT NOT NULL, 
	price TEXT NOT NULL, 
	trigger_price TEXT NOT NULL, 
	made_at BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	is_open INTEGER NOT NULL, 
	order_id TEXT NOT NULL, 
	note TEXT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	PRIMARY KEY (identifier)
);
CREATE INDEX jainam_order_intents_by_time ON jainam_order_intents (profile, made_at);
CREATE INDEX jainam_order_intents_open ON jainam_order_intents (profile, made_at) WHERE is_open = 1;
CREATE TABLE jainam_sessions (
	profile VARCHAR(80) NOT NULL, 
	session BYTEA, 
	refusal BYTEA, 
	PRIMARY KEY (profile)
);
CREATE TABLE symbol_token (
	broker TEXT NOT NULL, 
	exchange TEXT NOT NULL, 
	token BIGINT NOT NULL, 
	symbol TEXT NOT NULL, 
	brsymbol TEXT NOT NULL, 
	strike NUMERIC, 
	lower_band NUMERIC, 
	upper_band NUMERIC, 
	name TEXT NOT NULL, 
	instrumenttype TEXT NOT NULL, 
	lotsize BIGINT NOT NULL, 
	tick_size NUMERIC NOT NULL, 
	freeze_qty BIGINT, 
	expiry TEXT NOT NULL, 
	series TEXT NOT NULL, 
	isin TEXT NOT NULL, 
	multiplier NUMERIC NOT NULL, 
	brexchange TEXT NOT NULL
);
CREATE UNIQUE INDEX symbol_token_by_symbol ON symbol_token (broker, exchange, symbol);
CREATE UNIQUE INDEX symbol_token_by_token ON symbol_token (broker, exchange, token);
CREATE TABLE symbol_token_generation (
	broker TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	replaced_at TEXT NOT NULL, 
	PRIMARY KEY (broker)
);
CREATE TABLE symbol_token_renamed (
	broker TEXT NOT NULL, 
	exchange TEXT NOT NULL, 
	old_symbol TEXT NOT NULL, 
	isin TEXT NOT NULL, 
	PRIMARY KEY (broker, exchange, old_symbol)
);
