/** llama.cpp in a process of its own, driven by a script for the Python package that builds it. */
package dev.lanewise.bench.llamacpp;
