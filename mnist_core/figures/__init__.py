"""Plotly figures and images, made of arrays."""
