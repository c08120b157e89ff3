# R: nur Basisfunktionen. Codes als Text einlesen, sonst gehen führende Nullen verloren.
text <- c(trade_code = "character", region_code = "character")
matrix <- read.csv("{{base}}/api/v1/matrix.csv?region={{region}}&year={{horizon}}", colClasses = text, encoding = "UTF-8")
