-- Fachkräftematrix in SQLite: {{base}}/api/v1/downloads/fachkraeftematrix.sqlite
-- Metabase: Datenbank hinzufügen → SQLite → Pfad der Datei. Superset: Datenbank hinzufügen → sqlite:////pfad/fachkraeftematrix.sqlite.
-- Die Sicht «matrix» hat die Spalten der Schnittstelle; Codes sind Text. Bandbreiten (lower_…, upper_…) nie addieren.

-- name: gaps_in_the_horizon
SELECT trade_label, value, lower_80, upper_80, grade
FROM matrix
WHERE region_code = '{{region}}' AND measure = 'gap' AND year = {{horizon}} AND value IS NOT NULL
ORDER BY value DESC;

-- name: demand_and_supply_by_year
SELECT year, measure, value, lower_80, upper_80
FROM matrix
WHERE region_code = '{{region}}' AND trade_code = '{{trade}}' AND measure IN ('demand', 'supply') AND value IS NOT NULL
ORDER BY measure, year;

-- name: missing_numbers_and_why
SELECT measure, status, COUNT(*) AS cells
FROM matrix
WHERE value IS NULL
GROUP BY measure, status
ORDER BY cells DESC;

-- name: what_the_measures_mean
SELECT code, name_de, unit, definition
FROM measures
ORDER BY code;
