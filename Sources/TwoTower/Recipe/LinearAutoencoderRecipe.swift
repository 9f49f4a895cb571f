/// A model of a linear autoencoder.
package struct LinearAutoencoderRecipe: BagRecipe {
  package static let name = "linear-autoencoder"
  package static let lossUnit = (
    perEpoch: "loss, mean over batches of the sum", perPair: "squared distance of unit vectors"
  )

  package init() {}
}
