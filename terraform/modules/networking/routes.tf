resource "aws_route_table" "load_balancer" {
  count = local.is_new ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = merge(var.tags, { Name = "${var.name}-load-balancer" })
}

resource "aws_route" "load_balancer_internet" {
  count = local.is_new ? 1 : 0

  route_table_id         = aws_route_table.load_balancer[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "load_balancer" {
  for_each = toset(local.zones)

  subnet_id      = aws_subnet.load_balancer[each.value].id
  route_table_id = aws_route_table.load_balancer[0].id
}

# One table for each zone, so that each zone's tasks leave through the NAT gateway of their own zone.
resource "aws_route_table" "task" {
  for_each = toset(local.zones)

  vpc_id = aws_vpc.this[0].id
  tags   = merge(var.tags, { Name = "${var.name}-task-${each.value}" })
}

resource "aws_route_table_association" "task" {
  for_each = toset(local.zones)

  subnet_id      = aws_subnet.task[each.value].id
  route_table_id = aws_route_table.task[each.value].id
}

# One route for both ways out: changing the mode changes its target, where two routes would collide.
resource "aws_route" "task" {
  for_each = toset(local.is_public || length(local.nat_zones) > 0 ? local.zones : [])

  route_table_id         = aws_route_table.task[each.value].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = local.is_public ? aws_internet_gateway.this[0].id : null
  nat_gateway_id = (
    local.is_public ? null :
    aws_nat_gateway.this[contains(local.nat_zones, each.value) ? each.value : local.nat_zones[0]].id
  )
}

resource "aws_eip" "nat" {
  for_each = toset(local.nat_zones)

  domain = "vpc"
  tags   = merge(var.tags, { Name = "${var.name}-nat-${each.value}" })

  # AWS maps a public address only in a VPC that has an internet gateway.
  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  for_each = toset(local.nat_zones)

  allocation_id = aws_eip.nat[each.value].id
  subnet_id     = aws_subnet.load_balancer[each.value].id
  tags          = merge(var.tags, { Name = "${var.name}-${each.value}" })

  depends_on = [aws_route.load_balancer_internet, aws_route_table_association.load_balancer]
}
