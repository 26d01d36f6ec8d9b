"""Plotly figures and pictures of arrays."""
