/// A model of a graph filter.
package struct GraphFilterRecipe: BagRecipe {
  package static let name = "graph-filter"
  package static let lossUnit = (
    perEpoch: "energy of the normalised interactions that the vectors leave out",
    perPair: "energy of the normalised interactions that the vectors leave out"
  )

  package init() {}
}
