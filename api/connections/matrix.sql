-- DuckDB: die ganze Veröffentlichung als Parquet (INSTALL httpfs; LOAD httpfs; beim ersten Mal)
SELECT trade_label, value, lower_80, upper_80
FROM read_parquet('{{base}}/api/v1/downloads/fachkraeftematrix.parquet')
WHERE region_code = '{{region}}' AND measure = 'gap' AND year = {{horizon}} ORDER BY value DESC;
