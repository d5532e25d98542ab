package dev.lanewise.spec;

/** Non-linear functions between the two products of a feed-forward network. */
public enum Activation {
    /** x * Phi(x), with the exact normal distribution function (Hendrycks and Gimpel, 2016). */
    GELU,
    /** GELU by its tanh formula: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))). */
    GELU_TANH,
    /** max(x, 0). */
    RELU,
    /** x / (1 + exp(-x)), also called swish. */
    SILU,
    /** The hyperbolic tangent. */
    TANH
}
