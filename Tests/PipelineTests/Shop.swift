import Foundation

/// Made-up data of a shop, the same in every run.
struct Shop {
  private var state: UInt64
  /// Lines of "who,what,when", when in days.
  private(set) var lines: [String] = []

  init(seed: UInt64) { state = seed }

  mutating func number(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  mutating func buy(_ who: String, _ what: String, day: Int? = nil) {
    lines.append("\(who),\(what)" + (day.map { ",\(1_700_000_000 + $0 * 86_400)" } ?? ""))
  }

  var hasTimes: Bool { lines.first?.split(separator: ",").count == 3 }

  var csv: String { (hasTimes ? "who,what,when\n" : "who,what\n") + lines.joined(separator: "\n") + "\n" }
}

extension Shop {
  /// Every course has exactly as many seats, and people take those of their own field.
  static func coursesOfEqualSeats() -> Shop {
    var shop = Shop(seed: 1)
    // 24 fields of eight courses and twelve students, each of whom takes half of them.
    for field in 0..<24 {
      for course in 0..<8 {
        var students = Array(0..<12)
        for seat in 0..<6 {
          shop.buy(
            "student-\(field)-\(students.remove(at: shop.number(below: 12 - seat)))", "course-\(field)-\(course)")
        }
      }
    }
    return shop
  }

  /// People buy their few goods again and again, and sometimes what is popular.
  static func repeats() -> Shop {
    var shop = Shop(seed: 2)
    for customer in 0..<150 {
      let own = (0..<3).map { _ in "good-\(100 + shop.number(below: 100))" }
      for day in 0..<14 {
        shop.buy("customer-\(customer)", own[shop.number(below: 3)], day: day * 7 + shop.number(below: 7))
        if shop.number(below: 3) == 0 {
          // The less, the higher the number.
          let popular = shop.number(below: shop.number(below: 60) + 1)
          shop.buy("customer-\(customer)", "good-\(popular)", day: day * 7 + shop.number(below: 7))
        }
      }
    }
    return shop
  }

  /// A catalog of 100,000, of which few were ever chosen; people have one of 40 tastes.
  static func mostlyNew() -> (shop: Shop, catalog: String) {
    var shop = Shop(seed: 3)
    for user in 0..<1_500 {
      for _ in 0..<12 {
        let taste = shop.number(below: 10) == 0 ? shop.number(below: 40) : user % 40
        shop.buy("user-\(user)", "item-\(taste * 50 + shop.number(below: shop.number(below: 50) + 1))")
      }
    }
    return (shop, "what\n" + (0..<100_000).map { "item-\($0)" }.joined(separator: "\n") + "\n")
  }

  /// One user, such as a machine, has half of all rows.
  static func oneUserHasHalf() -> Shop {
    var shop = Shop(seed: 4)
    for user in 0..<300 {
      for _ in 0..<8 { shop.buy("user-\(user)", "item-\(user % 10 * 20 + shop.number(below: 20))") }
    }
    for _ in 0..<2_400 { shop.buy("robot", "item-\(shop.number(below: 200))") }
    return shop
  }

  /// One customer, eight goods.
  static func oneUser() -> Shop {
    var shop = Shop(seed: 5)
    for good in 0..<8 { shop.buy("only-customer", "good-\(good)") }
    return shop
  }

  /// Forty customers, one good.
  static func oneGood() -> Shop {
    var shop = Shop(seed: 6)
    for customer in 0..<40 { shop.buy("customer-\(customer)", "the-good") }
    return shop
  }
}
