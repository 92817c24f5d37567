"""Where do numbers come from? Columns of arrays, dataframes and files, in blocks of float64.

A `blocks.Column` is asked for rows by position and answers with float64, NaN where a value is
missing. What lies in memory as float64 is never copied; all else is converted a block at a time.

Open `blocks` first, then `columns` (out of whatever the user has) and `table` (several by name, and
the rows in use). `numbers` and `labels` turn raw values into columns, or into the sentence that
says which cannot be; `files` reads CSV and Parquet by whichever dataframe library is installed.

Nothing here may know a model: what a column is for is said in `data.read` and `data.bind`. No
dataframe library is imported that the user has not.
"""
