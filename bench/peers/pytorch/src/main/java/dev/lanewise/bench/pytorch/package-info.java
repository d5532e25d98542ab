/** PyTorch through DJL: products as DJL's arrays do them, attention and the encoder as TorchScript written here. */
package dev.lanewise.bench.pytorch;
