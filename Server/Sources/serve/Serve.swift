import ArgumentParser

@main
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answer requests over HTTP from servables.", subcommands: [Run.self, Publish.self],
    defaultSubcommand: Run.self)
}
