"""The job of `ten_years` in pandas: the same hours, daily indices, annual statistics, attainment.

Used by `cargo xtask bench standards` only, for the ratio of times. Prints one line of JSON.
"""

import json
import time

import numpy as np
import pandas as pd

STATIONS, FIRST_YEAR, YEARS = 100, 2016, 10
SHAPES = [(4, 36), (10, 80), (3, 17), (10, 210), (20, 180), (8, 132)]
NAMES = ["so2", "no2", "co", "o3", "pm10", "pm2_5"]
INDEX = [0, 50, 100, 150, 200, 300, 400, 500]
BREAKPOINTS = {
    "so2": [0, 50, 150, 475, 800, 1600, 2100, 2620],
    "no2": [0, 40, 80, 180, 280, 565, 750, 940],
    "co": [0, 2, 4, 14, 24, 36, 48, 60],
    "o3_1h": [0, 160, 200, 300, 400, 800, 1000, 1200],
    "o3": [0, 100, 160, 215, 265, 800],
    "pm10": [0, 50, 150, 250, 350, 420, 500, 600],
    "pm2_5": [0, 35, 75, 115, 150, 250, 350, 500],
}
PERCENTILES = {"so2": 98, "no2": 98, "co": 95, "o3": 90, "pm10": 95, "pm2_5": 95}
MEAN_LIMITS = {"so2": 60, "no2": 40, "pm10": 70, "pm2_5": 35}
DAY_LIMITS = {"so2": 150, "no2": 80, "co": 4, "o3": 160, "pm10": 150, "pm2_5": 75}


def generate(station, hours):
    columns = {}
    hour = np.arange(len(hours), dtype=np.uint64)
    for pollutant, name in enumerate(NAMES):
        mixed = np.uint64((station * 6 + pollutant) * 100_000) + hour
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
        mixed = mixed * np.uint64(0xD6E8FEB86659FD93)
        mixed ^= mixed >> np.uint64(32)
        low, span = SHAPES[pollutant]
        value = (low + (mixed >> np.uint64(8)) % np.uint64(span)).astype(np.float64)
        if name == "co":
            value = value / 10
        value[mixed % np.uint64(50) == 0] = np.nan
        columns[name] = value
    return pd.DataFrame(columns, index=hours)


def sub_index(name, values):
    points = BREAKPOINTS[name]
    exact = np.interp(values, points, INDEX[: len(points)])
    return np.ceil(np.round(exact, 6))


def judge(frame, found):
    by_day = frame.groupby(frame.index.normalize())
    enough = by_day.count() >= 20
    means = by_day.mean().where(enough)
    daily = means.round(0)
    daily["co"] = means["co"].round(1)
    running = frame["o3"].rolling(8, min_periods=6).mean()
    running = running[frame.index.hour >= 7]
    windows = running.groupby(running.index.normalize())
    largest = windows.max()
    valid = (windows.count() >= 14) | (largest > 160)
    daily["o3"] = largest.where(valid).round(0)
    hour = by_day["o3"].max().where(enough["o3"])
    parts = {name: sub_index(name, daily[name]) for name in NAMES}
    parts["o3_1h"] = sub_index("o3_1h", hour)
    index = pd.DataFrame(parts, index=daily.index).max(axis=1)
    found["days"] += int(index.count())
    found["index_sum"] += int(index.sum())
    found["good_days"] += int((index <= 100).sum())
    for _, year in daily.groupby(daily.index.year):
        counts = year.groupby(year.index.month).count()
        need = np.array([25 if month == 2 else 27 for month in counts.index])
        for name in NAMES:
            series = year[name].dropna()
            if len(series) < 324 or (counts[name].to_numpy() < need).any():
                continue
            places = 1 if name == "co" else 0
            mean = round(series.mean(), places)
            high = round(series.quantile(PERCENTILES[name] / 100), places)
            found["judged"] += 1
            is_within = high <= DAY_LIMITS[name] and mean <= MEAN_LIMITS.get(name, np.inf)
            found["attained"] += int(is_within)


def main():
    hours = pd.date_range(f"{FIRST_YEAR}-01-01", f"{FIRST_YEAR + YEARS}-01-01", freq="h", inclusive="left")
    found = dict.fromkeys(["days", "index_sum", "good_days", "attained", "judged"], 0)
    seconds = 0.0
    values = 0
    for station in range(STATIONS):
        frame = generate(station, hours)
        values += frame.size
        start = time.perf_counter()
        judge(frame, found)
        seconds += time.perf_counter() - start
    print(json.dumps({"values": values, "seconds": round(seconds, 3), **found}))


main()
